"""From words and pictures to the generator's latent: the portrait CLIP, the prior and the guide."""
