-- Is a figure that was quoted still the same, and if not, who changed it?
-- What changed since the release before, by table; 0 where nothing did. For one figure on one day ask
-- observation_as_of('2026-03-01') or inequality_as_of('2026-03-01').
select
    wanted.subject, count(revision.subject) as changes, coalesce(sum(revision.cells), 0) as figures,
    string_agg(distinct revision.kind, ', ' order by revision.kind) as kinds,
    max(abs(revision.difference)) as largest_difference,
    min(revision.sentence) as one_of_them,
    max(revision.previous_release) as previous_release,
    bool_or(coalesce(revision.is_modelled, false)) as is_modelled
from (values ('observation'), ('inequality'), ('inequality_change')) as wanted (subject)
left join meta.revision as revision on wanted.subject = revision.subject
group by wanted.subject
order by wanted.subject desc
