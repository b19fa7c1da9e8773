"""/history: a member's images, to be looked through, searched, used again and taken home.

Nothing is imported here, as the texts name types of this package.
"""
