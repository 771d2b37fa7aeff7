"""Which pairs split, how often: trigger × advert_int × preempt × priorities, measured and compared with theory."""
