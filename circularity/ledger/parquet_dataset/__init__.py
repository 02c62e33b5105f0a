"""A ledger too large to hold in memory: a dataset of Parquet files, condensed to what the method can tell apart."""
