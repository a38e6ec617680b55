"""The life of one release: what may happen to it (pure), and the steps that make it happen."""
