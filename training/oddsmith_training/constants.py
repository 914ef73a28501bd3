"""Numbers and names the fit and the exported graph must agree on."""

FEATURES_VERSION = 5
FEATURES = [
    "yes_price", "momentum_1h", "momentum_24h", "volatility_24h", "rsi", "log_volume", "days_to_expiry", "is_crypto",
    "price_change_1d", "price_change_1w", "days_since_created", "created_to_expiry_span", "is_sports", "q_length",
    "q_word_count", "q_avg_word_len", "q_word_diversity", "q_has_number", "q_has_year", "q_has_percent",
    "q_has_dollar", "q_has_date", "q_starts_will", "q_has_by", "q_has_before", "q_has_above", "q_sentiment_pos",
    "q_sentiment_neg", "q_certainty",
]  # fmt: skip
PRICE = FEATURES.index("yes_price")
SPORTS = FEATURES.index("is_sports")
# Prices and learners' probabilities are kept this far from 0 and 1 before a logit is taken.
CLIP = 1e-3
SEED = 20260401
