"""What can be done with an image that was made: by the buttons of its card, and by the Apps menu of any message.

Nothing is imported here, as cards need the buttons and the rest needs cards.
"""
