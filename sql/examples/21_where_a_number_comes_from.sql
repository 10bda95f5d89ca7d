-- Where does a figure come from: which line of which file, from which address, fetched when, with which SHA-256?
-- Shown for the newest smoking figures of England; a computed measure is traced by its groups, which are rows here too.
select
    observation.title, observation.area_name, observation.period, observation.sex, observation.category_label,
    observation.value, observation.source_line, file.path, file.url, file.sha256, file.retrieved_at, file.publisher,
    file.licence, file.is_stale, observation.is_modelled
from published.observation as observation
join meta.snapshot as file on observation.snapshot_sha256 = file.sha256
where
    observation.indicator = 'smoking_prevalence_adults' and observation.is_latest
    and observation.area_type = 'country'
order by observation.is_modelled, observation.area_name, observation.dimension, observation.scheme,
    observation.category_rank, observation.category, observation.period, observation.sex, observation.age, file.path
