package flowfile

// EventBlobs returns the events of a batch.
func (b *Batch) EventBlobs() (blobs []string) {
	for _, e := range b.events {
		blobs = append(blobs, string(e))
	}
	return blobs
}
