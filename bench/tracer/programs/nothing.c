/* The program whose execs are measured: it ends at once. Linked statically, it costs little more than the exec. */
int main(void)
{
	return 0;
}
