"""The web: a Django project with the pages of the register. No rule and no query stands here."""
