"""Discord: commands, views, cards and delivery. With bot.py the only code that imports discord."""
