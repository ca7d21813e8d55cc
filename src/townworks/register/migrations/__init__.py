"""How the tables came to be; `townworks migrate` applies what is missing."""
