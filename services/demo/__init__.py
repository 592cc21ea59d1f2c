"""The demo province: a simulator that plays the agencies by writing their own files into the pipeline."""
