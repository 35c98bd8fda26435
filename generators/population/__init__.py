"""The borough's population: fitted offline from published marginals, looked up by slot when data is generated."""
