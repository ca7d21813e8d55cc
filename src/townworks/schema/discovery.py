"""Tables of discovery: how specialised places are, and where a town could be."""

import dataframely as dy


class Specialisation(dy.Schema):
    """Place × speciality, with the interval of its location quotient; rank 1 is the strongest."""

    place_code = dy.String(
        nullable=False, primary_key=True, description="county (6) or township (9 digits)"
    )
    place = dy.String(nullable=False, description="name of the place")
    speciality = dy.String(nullable=False, primary_key=True, description="product or service term")
    rank = dy.UInt32(nullable=False, min=1, description="1 = strongest in that place")
    enterprises = dy.UInt32(nullable=False, description="enterprises there that name it")
    expected = dy.Float64(
        nullable=False, min=0, description="enterprises there at the overall share"
    )
    lq = dy.Float64(nullable=False, min=0, description="location quotient, posterior mean")
    lq_low = dy.Float64(nullable=False, min=0, description="2.5 % point of the posterior")
    lq_high = dy.Float64(nullable=False, min=0, description="97.5 % point of the posterior")
    probability = dy.Float64(nullable=False, min=0, max=1, description="P(LQ > 1)")
    first_year = dy.Int32(nullable=True, description="first year in which one was registered there")
    recent_share = dy.Float64(
        nullable=True, min=0, max=1, description="share registered in the last five years covered"
    )


class Candidate(Specialisation):
    """A place × speciality pair with evidence worth a town (see `candidates`)."""

    age = dy.Enum(
        ["new", "steady", "established"],
        nullable=False,
        description="more recent registrations than all enterprises have, as many, or fewer",
    )
