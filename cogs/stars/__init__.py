"""Stars: members like images, and those with enough of them are shown in the guild's gallery.

Nothing is imported here, as cards need the button and the rest needs cards.
"""
