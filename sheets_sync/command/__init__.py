"""What the commands do: a file each; `cli` takes their arguments and loads the one that is called."""
