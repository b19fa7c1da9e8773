"""The parts of the local provider; `sandbox.kie` puts them together."""
