"""The service: what pipelines, testers and developers can ask for over HTTP. Today, the catalogue."""
