package record

import (
	"fmt"
	"math/big"
	"strings"
)

// AppendBytes appends the unscaled number in two's complement, most significant
// byte first, as Avro and Parquet hold a DECIMAL: with the scale of t, rounded
// half up, in as few bytes as possible but at least size. It fails if the number
// has more digits than t.
func (d Decimal) AppendBytes(dst []byte, t *Type, size int) ([]byte, error) {
	unscaled, shift := d.Unscaled(), t.Scale-int(d.scale)
	switch power := pow10(int32(max(shift, -shift))); {
	case shift > 0:
		unscaled = new(big.Int).Mul(unscaled, power)
	case shift < 0:
		half := new(big.Int).Rsh(power, 1)
		if unscaled.Sign() < 0 {
			half.Neg(half)
		}
		unscaled = half.Quo(half.Add(half, unscaled), power)
	}
	if digits := len(strings.TrimPrefix(unscaled.String(), "-")); digits > t.Precision {
		return nil, fmt.Errorf("%s has more than %d digits", d, t.Precision)
	}
	bits := unscaled.BitLen()
	if unscaled.Sign() < 0 {
		bits = new(big.Int).Not(unscaled).BitLen()
	}
	b := make([]byte, max(size, bits/8+1))
	if unscaled.Sign() < 0 {
		unscaled = new(big.Int).Add(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return append(dst, unscaled.FillBytes(b)...), nil
}

// DecimalFromBytes is the reverse of AppendBytes.
func DecimalFromBytes(b []byte, scale int) Decimal {
	i := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		i.Sub(i, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return NewDecimal(i, int32(scale))
}
