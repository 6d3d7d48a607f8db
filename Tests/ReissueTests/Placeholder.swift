// Tests come with their sources.
