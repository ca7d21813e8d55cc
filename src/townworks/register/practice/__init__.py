"""A practice register: an invented town with invented enterprises, and an account a role.

Everything invented is marked (`practice`) and stands in the practice town only; published towns
hold nothing but their published record. What happens here goes through the same services, steps
and events as in earnest.
"""

from townworks.register.practice.accounts import Login, practice_accounts
from townworks.register.practice.story import SOURCE, TOWN, tell

__all__ = ["SOURCE", "TOWN", "Login", "practice_accounts", "tell"]
