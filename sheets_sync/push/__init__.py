"""What goes back to Metrica: conversions and orders."""
