"""`make soak`: the shipped parts at work for weeks of simulated time, to see that nothing grows that should not."""
