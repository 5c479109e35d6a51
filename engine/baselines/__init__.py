"""Methods from before deep learning that the paper compares with (section 4.4)."""
