"""Credit codes as people type them."""

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as CodeError

from townworks.register.refusals import refuse

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def read_credit_code(text: str) -> str:
    """Return a unified social credit code (GB 32100) in its plain form; raises `RefusalError`.

    >>> read_credit_code("9135 0100 m000 100y 43")
    '91350100M000100Y43'
    """
    plain = "".join(text.split()).upper().translate(FULL_WIDTH)
    try:
        return str(uscc.validate(plain))
    except CodeError as error:
        key = {"InvalidLength": "code_length", "InvalidChecksum": "code_check"}
        name = key.get(type(error).__name__, "code_format")
        raise refuse(name, "credit_code", code=plain, n=len(plain)) from None
