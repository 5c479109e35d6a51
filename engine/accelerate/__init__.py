"""Ways to train faster on one CUDA device, and what a training costs (ENGINE section 5).

`graphs`: a whole step as one CUDA graph. `resident`: ROIs and their augmentation on the device;
`drawing` lays a run's images there. `batched`: many classifiers as one network; `group` trains such
a group to its checkpoints, `memory` estimates how many fit. `cost`: floating-point operations of a
step, without torch. All but the graph itself also runs on a CPU, where it is tested.
"""
