"""Training of the weights that ship: the head kit's sampler, the starter generator, the portrait CLIP."""
