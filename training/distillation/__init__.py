"""Teaching the compact perceptual network what VGG sees."""
