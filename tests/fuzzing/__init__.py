"""Fuzzing of every parser of what comes from outside: Hypothesis in the suite, atheris with `make fuzz`."""
