"""Support check on XQuAD: are damaged claims told from sound ones?"""
