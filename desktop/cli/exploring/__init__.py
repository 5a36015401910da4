"""Commands that show the library as a whole: themes, the map, what tables say, and mistakes."""
