SELECT current_setting('plan_cache_mode') = 'force_generic_plan' AS has_settings
