"""From a file to a module that runs: recognise, open, rebuild."""
