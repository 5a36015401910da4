"""Tables: vectors, and what is known of their photos, in other programs, for people who ask those
themselves. Likeness finds nothing by them; what it finds by is in desktop/index/stores."""
