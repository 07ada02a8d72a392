"""The 3D-aware GAN: latent -> planes -> field -> picture, for EG3D, its relatives and our starter."""
