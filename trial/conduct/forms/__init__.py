"""Forms: who may fill them in, how answers are saved and checked, and what is derived from them."""
