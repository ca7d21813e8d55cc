"""The register: the programme's own record, a Django app that knows no page.

`models` are its tables, `processes` how matters go, `cases` the one way to take a step, `facts` the
one way to record a fact, `audit` the chain of events, `permissions` who may see and do what,
`snapshot` the tables as of a day. Every write goes through `audit`, in one transaction.
"""
