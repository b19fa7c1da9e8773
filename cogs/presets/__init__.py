"""/preset: prompts with blanks, options and references that are kept under a name."""
