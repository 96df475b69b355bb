"""Reports as pure functions: frames in, frames out; no network, no clock."""
