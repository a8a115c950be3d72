"""The app's pages: widgets → Scenario → pipeline → what is shown. Nothing is computed here."""
