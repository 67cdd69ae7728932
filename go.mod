module github.com/braidflow/braid

go 1.26
