"""Tables of the warehouse: `store` keeps them as Parquet, `lineage` says which tables a SQL text reads."""
