-- One row per group of a scheme that carries no slope: groups without an order, or a named pair.
select * exclude (is_ranked)
from core.grouping
where not is_ranked
