"""The tabs: one declaration a file; `tabs.TABS` is their order in the book."""
