"""Which names must resolve to what: dated tables, and the records expected from them and from the endpoints."""
