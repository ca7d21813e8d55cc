"""A small chain of lamps and enterprises for it."""

import pytest

LAMPS = """
[chain]
title = { en = "Lamps", zh = "灯" }
focus = "making"
except = ["车灯"]

[stage.glass]
title = { en = "Glass", zh = "玻璃" }
position = "upstream"
terms = ["玻璃", "灯罩"]
names = ["玻璃"]
codes = ["305"]

[stage.making]
title = { en = "Lamp making", zh = "制灯" }
position = "midstream"
roles = ["make"]
terms = ["灯", "台灯"]
names = ["灯"]

[stage.machines]
title = { en = "Machines", zh = "灯机" }
position = "machinery"
terms = ["灯机"]

[stage.market]
title = { en = "Trade", zh = "灯市" }
position = "market"
roles = ["trade"]
terms = ["灯", "台灯"]

[[link]]
from = "glass"
to = "making"
weight = 0.5
basis = "judgement"

[[link]]
from = "machines"
to = "making"
weight = 0.1

[[link]]
from = "making"
to = "market"
weight = 0.4
"""


@pytest.fixture
def lamps_text() -> str:
    """TOML of the chain."""
    return LAMPS
