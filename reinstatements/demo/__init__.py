"""What the demo shows: invented people, contacts, suspensions and cases, the same ones every time it is loaded."""
