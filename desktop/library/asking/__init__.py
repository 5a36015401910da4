"""What people ask beside words, and what is made of an answer: clauses that are photos or concepts,
order, look-alikes, saved searches, suggestions."""
