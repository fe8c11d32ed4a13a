"""A room that is still empty: delegates' proposals (提案) and everything on the same handling engine."""
