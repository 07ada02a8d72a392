"""What words say of heads: facts, captions, the portrait CLIP and its prior."""
